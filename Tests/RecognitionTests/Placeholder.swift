// Placeholder of RecognitionTests; goes with its first real file.
