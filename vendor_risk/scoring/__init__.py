"""Numbers from facts and evidence; pure, whole numbers, no clock."""
