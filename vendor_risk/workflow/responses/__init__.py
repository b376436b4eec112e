"""Questionnaires sent to vendors: sending, links, answers, and what a review makes of them."""
