"""个人信息变更: an employee asks for other particulars, two people check, the record changes."""
