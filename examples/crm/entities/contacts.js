// First and last name, as far as they are there.
function contactLabel(record) {
  var names = [record.field('firstName').val(), record.field('lastName').val()];
  return names.filter(function (name) { return !!name; }).join(' ');
}
