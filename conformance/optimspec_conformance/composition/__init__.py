"""The schedulers made of schedulers as the kit knows them, a module each."""
