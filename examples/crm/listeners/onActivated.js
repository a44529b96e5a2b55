// A company that becomes active is mentioned in the log.
function onActivated(event, record) {
  sys.logs.info(record.label() + ' is active');
}
