// Placeholder of AudioTests; goes with its first real file.
