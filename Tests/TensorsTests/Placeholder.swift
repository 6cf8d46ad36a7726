// Placeholder of TensorsTests; goes with its first real file.
