"""What people do: one module for each part of the work, one transaction for each command."""
