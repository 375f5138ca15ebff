"""The optimizers: one module a class, named as its page in spec/optimizers/."""
