"""A workplace to try everything in: the third platform, in a browser and without a network."""
