DROP TABLE passages;
