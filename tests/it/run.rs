//! Does huiyan run behave like the program it replaces?
