"""The script that Streamlit runs for each visitor, anew for everything that they do."""

from web.site.layout import show

show()
