"""What tests share: real servers, a browser, black-box readers of pages; no fixtures."""
