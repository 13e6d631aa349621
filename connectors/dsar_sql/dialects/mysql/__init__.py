"""MariaDB and MySQL, by aiomysql, in the SQL that both take."""
