"""Upload callbacks: what a store tells a web site about an upload (OSS: "Callback").

document  the document that a form carries in its field `callback`
"""
