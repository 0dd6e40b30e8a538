enum StemmaFilesPlaceholder {}
