// Placeholder of AutogradTests; goes with its first real file.
