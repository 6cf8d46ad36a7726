int COneDNN_placeholder(void);
