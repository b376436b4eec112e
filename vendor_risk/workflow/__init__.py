"""The steps of the product, one file per chapter; steps never commit."""
