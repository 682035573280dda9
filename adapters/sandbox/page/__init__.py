"""The page: HTML, CSS and ES modules that are served as they are."""
