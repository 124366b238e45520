"""A film in, the film in color out: same pictures, times, sound and subtitles."""
