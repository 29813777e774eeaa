"""An employee's particulars as the change room holds them."""

LI = {
    "name": "李示例",
    "doc_type": "resident_id",
    "doc_number": "11010519491231002X",
    "birth_date": "1949-12-31",
    "sex": "female",
    "insurance_type": "employee",
    "social_card": "123456464",
    "phone": "13800000001",
}
MALE_ID = "440524188001010014"
"""A valid number: 1880-01-01, male."""
