"""Speed that crosses layer kinds, as plan -> plan passes. A backend names the ones it wants; each changes no result."""
