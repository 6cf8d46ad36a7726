// Placeholder of CKernelsTests; goes with its first real file.
