"""`python -m vendor_risk.cli`, as the supervisor starts its parts."""

from vendor_risk.cli import main

if __name__ == "__main__":
    main(prog_name="vendor-risk")
