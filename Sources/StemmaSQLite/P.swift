enum StemmaSQLitePlaceholder {}
