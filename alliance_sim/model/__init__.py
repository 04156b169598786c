"""The science: laws, named draws and the timetable. Knows neither Numba nor Mesa nor files."""
