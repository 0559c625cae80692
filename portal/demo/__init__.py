"""Demo accounts and cases: invented people, generated images, the real pipeline."""
