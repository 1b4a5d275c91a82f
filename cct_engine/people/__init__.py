"""Officers, their roles, and the chained record of every act."""
