"""What is ordered of a database: erasing, anonymising, restricting, rectifying, suppressing."""
