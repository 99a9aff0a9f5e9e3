"""The house itself, tested: who imports whom, which folders there are, what each setting and route owes."""
