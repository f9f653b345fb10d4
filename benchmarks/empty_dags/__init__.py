"""DAGs of the same shape as choucha's own whose tasks do next to nothing: what Airflow alone takes."""
