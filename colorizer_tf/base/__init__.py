"""What every room uses: errors, options, locks, progress, executors; imports no other room."""
