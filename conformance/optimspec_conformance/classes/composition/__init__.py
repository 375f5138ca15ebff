"""The schedulers made of schedulers: one module a class, named as its page in spec/composition/."""
