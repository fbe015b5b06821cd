"""A small service that sells seats at concerts: FastAPI, dynamongo, and nothing else."""
