"""The schedulers: one module a class, named as its page in spec/schedulers/."""
