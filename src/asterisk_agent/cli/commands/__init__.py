"""What is typed: names, options and help of the commands, a module for each group.

They import what does the work only when it is done.
"""
