//! What jobs of imports and exports are to do.

use blobs::BlobId;
use model::JobSeq;
use serde::{Deserialize, Serialize};

use super::FileFormat;
use crate::records::StoredCondition;

/// How rows are imported. All but `low_priority` and `dry_run` are for developers; others get what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportFlags {
    /// The job runs only when there is room.
    pub low_priority: bool,
    /// Nothing is written but the report.
    pub dry_run: bool,
    /// Calculated fields are computed.
    pub update_calculated_fields: bool,
    /// Records that refer to changed ones get their new label.
    pub update_relationships: bool,
    /// Values must keep the rules of their fields.
    pub perform_validations: bool,
    /// Access rules of fields are asked.
    pub filter_by_access_rules: bool,
    /// Permissions are asked.
    pub perform_security_checks: bool,
    /// Listeners hear of it.
    pub trigger_events: bool,
    /// New records get default values.
    pub set_default_values: bool,
    /// Fields that are never stored are shown to functions.
    pub support_transient_fields: bool,
    /// Records that refer to changed ones get new copies of their fields.
    pub cascade_operations: bool,
    /// A record with a value that does not fit is not written; otherwise it is, without that value.
    pub skip_records_with_invalid_fields: bool,
}

impl Default for ImportFlags {
    fn default() -> Self {
        Self {
            low_priority: false,
            dry_run: false,
            update_calculated_fields: true,
            update_relationships: true,
            perform_validations: true,
            filter_by_access_rules: true,
            perform_security_checks: true,
            trigger_events: true,
            set_default_values: true,
            support_transient_fields: true,
            cascade_operations: true,
            skip_records_with_invalid_fields: true,
        }
    }
}

impl ImportFlags {
    /// The names and places of all flags, those first that everybody may set.
    pub const NAMES: [&'static str; 12] = [
        "lowPriority",
        "dryRun",
        "updateCalculatedFields",
        "updateRelationships",
        "performValidations",
        "filterByAccessRules",
        "performSecurityChecks",
        "triggerEvents",
        "setDefaultValues",
        "supportTransientFields",
        "cascadeOperations",
        "skipRecordsWithInvalidFields",
    ];

    /// The flag of a name.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "lowPriority" => &mut self.low_priority,
            "dryRun" => &mut self.dry_run,
            "updateCalculatedFields" => &mut self.update_calculated_fields,
            "updateRelationships" => &mut self.update_relationships,
            "performValidations" => &mut self.perform_validations,
            "filterByAccessRules" => &mut self.filter_by_access_rules,
            "performSecurityChecks" => &mut self.perform_security_checks,
            "triggerEvents" => &mut self.trigger_events,
            "setDefaultValues" => &mut self.set_default_values,
            "supportTransientFields" => &mut self.support_transient_fields,
            "cascadeOperations" => &mut self.cascade_operations,
            "skipRecordsWithInvalidFields" => &mut self.skip_records_with_invalid_fields,
            _ => return None,
        })
    }

    /// What somebody who is no developer may ask for.
    #[must_use]
    pub(crate) fn of_anybody(self) -> Self {
        Self {
            low_priority: self.low_priority,
            dry_run: self.dry_run,
            ..Self::default()
        }
    }
}

/// What an import is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportParams {
    /// The entity of the rows.
    pub(crate) entity: String,
    /// What the file was called.
    pub(crate) file_name: String,
    /// The file.
    pub(crate) blob: BlobId,
    /// Mail address of who imports.
    pub(crate) by: String,
    /// The address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<String>,
    /// How.
    pub(crate) flags: ImportFlags,
    /// Only those rows that failed in this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed_of: Option<JobSeq>,
}

/// What an export is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportParams {
    /// The entity.
    pub(crate) entity: String,
    /// Mail address of who exports.
    pub(crate) by: String,
    /// The address it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<String>,
    /// Which records; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) filter: Option<StoredCondition>,
    /// The field to sort by.
    pub(crate) sort_field: String,
    /// Whether the least comes first.
    pub(crate) ascending: bool,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    /// Which fields; none: all own ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fields: Option<Vec<String>>,
    /// Whether columns have names instead of labels.
    pub(crate) names: bool,
    /// The form of the file.
    pub(crate) format: FileFormat,
    /// Whether cells that a spreadsheet would compute are made harmless.
    pub(crate) neutralise: bool,
    /// What the addresses of files begin with.
    pub(crate) base: String,
    /// How many records there were when it was handed in.
    pub(crate) total: u64,
}
