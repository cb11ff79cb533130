"""The built-in live page: what `groundwatt serve` answers with.

What changes comes from the store once a second (`live`) and goes out as events; curves come on
demand (`api`, `curve`); what stays while the page is open comes from site.yaml (`description`).
"""
