"""A second calculation of the national heart score, written from the guide alone, to check the first one."""
