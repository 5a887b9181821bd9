"""What is trained before chapters run."""
