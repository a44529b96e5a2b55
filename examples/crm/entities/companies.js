function addressLabel(record, address) { return address.field('state').val() + ' - ' + address.field('zipCode').val(); }
function logSomethingAction(record, oldRecord, action) { sys.logs.info('said ' + action.field('param1').val()); }
function countEmployeesAction(query, action) {
  var n = 0, found = sys.data.find('companies', query);
  while (found.hasNext()) { n += found.next().field('numberOfEmployees').val() || 0; }
  return {numberOfEmployees: n};
}

// A company with a score was rated; one that is closed has nobody left.
function companyValidations(record) {
  var problems = [];
  if (record.field('state').val() == 'closed' && record.field('numberOfEmployees').val() > 0) {
    problems.push({path: 'numberOfEmployees', code: 'closedWithEmployees', message: 'A closed company has no employees'});
  }
  return problems;
}

// A hundredth of the employees, and ten points for a customer.
function scoreValueCalculation(record, parentField, action) {
  var employees = record.field('numberOfEmployees').val() || 0;
  return employees / 100 + (record.field('isCustomer').val() ? 10 : 0);
}
