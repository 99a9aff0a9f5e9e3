"""Workers killed with SIGKILL at random and at named steps: nothing lost, nothing doubled, every doubt settled."""
