// Placeholder of CommandLineTests; goes with its first real file.
