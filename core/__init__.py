"""What every part of evtp shares: errors, budgets, units and the registry."""
