"""Services that wrap the root key: HashiCorp Vault and AWS KMS, spoken with directly."""
