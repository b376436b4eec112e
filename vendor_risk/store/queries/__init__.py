"""What pages list: questions to the database that stay quick at 100,000 vendors."""
