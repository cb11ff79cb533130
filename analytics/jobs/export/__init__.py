"""Files that people take away: workbooks and tables in which every figure can be traced."""
