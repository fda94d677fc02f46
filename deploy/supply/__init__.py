"""What the project depends on: known vulnerabilities, licences and bills of materials of its hashed requirements."""
