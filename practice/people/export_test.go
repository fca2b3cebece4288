package people

// CaresOf is what a session knows of whom its person cares for.
var CaresOf = (*Service).caresOf
