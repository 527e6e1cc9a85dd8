"""The stand-in's page in the browser: HTML made on the server, and one small script."""
