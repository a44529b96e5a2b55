//! What every backend must do, asked through [`storage::Store`] alone.
//!
//! Each test in `contract/` takes a [`Bed`]: a fresh store of some backend. A further backend is one more [`suite!`]
//! line; a test that is written but not listed here is an unused function, which the compiler reports.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod contract {
    pub(crate) mod app_logs;
    pub(crate) mod bed;
    pub(crate) mod blocks;
    pub(crate) mod bodies;
    pub(crate) mod builds;
    pub(crate) mod chain_model;
    pub(crate) mod closures;
    pub(crate) mod collections;
    pub(crate) mod concurrency;
    pub(crate) mod files;
    pub(crate) mod groups;
    pub(crate) mod history;
    pub(crate) mod identity;
    pub(crate) mod index_model;
    pub(crate) mod indexes;
    pub(crate) mod marks;
    pub(crate) mod odd_texts;
    pub(crate) mod past;
    pub(crate) mod projects;
    pub(crate) mod queues;
    pub(crate) mod record_model;
    pub(crate) mod records;
    pub(crate) mod removal;
    pub(crate) mod scans;
    pub(crate) mod uploads;
    pub(crate) mod walk_model;
    pub(crate) mod walks;
}

#[path = "contract/jobs.rs"]
mod jobs;

use contract::bed::{Bed, PostgresBed, SqliteBed};
use storage::Store;

/// Runs a test on a fresh store of every backend.
fn on_every_backend(test: impl Fn(&Store)) {
    test(&SqliteBed::fresh().store());
    test(&PostgresBed::fresh().store());
}

macro_rules! tests {
    ($module:ident: $($test:ident),+ $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    crate::contract::$module::$test(&<super::ThisBed as crate::Bed>::fresh());
                }
            )+
        }
    };
}

macro_rules! suite {
    ($backend:ident, $bed:ident) => {
        mod $backend {
            type ThisBed = crate::contract::bed::$bed;

            tests!(records:
                creation_needs_absence, replacement_needs_the_version, any_creates_or_replaces,
                versions_of_what_is_not_there_conflict, deletion_checks_what_is_there,
                a_new_record_of_an_old_id_begins_anew, every_column_survives, creation_stamp_stays,
                listing_is_bytewise_and_limited, counting, counts_leave_out_what_was_undone,
            );
            tests!(record_model: any_sequence_of_writes);
            tests!(groups: closures_at_once_are_as_good_as_one_after_the_other);
            tests!(chain_model: any_writes_and_the_list_of_each_record);
            tests!(bodies: spelling_survives, long_bodies_survive, stored_bytes_are_given_back_as_they_are);
            tests!(history: newest_first_in_pages, lines_after_a_place, the_last_change_of_a_record_up_to_a_place, the_job_is_named, conflicts_leave_no_line);
            tests!(indexes:
                a_scalar_is_found, elements_are_found_one_by_one, a_record_is_listed_once,
                bounds_are_kept, order_is_by_key, limits_are_kept, replacing_moves_entries,
                amending_moves_entries_and_nothing_else, deleting_removes_entries, building_covers_what_is_there, dropping_forgets,
                unique_values_are_taken_once, what_is_foreseen_changes_nothing, a_record_may_keep_its_unique_value, a_freed_value_can_be_taken,
                building_a_unique_index_on_doubles_changes_nothing, declaring_again_is_no_work,
                declaring_another_replaces, an_undone_index_is_gone, conflict_comes_before_taken,
                an_unknown_index_is_an_error, indexes_are_per_collection,
            );
            tests!(index_model: any_records_and_any_range);
            tests!(builds:
                a_building_index_is_not_seen, a_build_goes_on_where_it_stood, doubles_are_named,
                writes_are_held_to_a_unique_index_from_its_beginning, nulls_are_no_doubles,
                another_index_of_a_name_is_left_to_be_swept, an_unknown_index_cannot_be_filled, any_writes_between_steps,
            );
            tests!(walks:
                ids_are_walked_both_ways, equal_keys_are_in_order_of_creation, records_without_a_value_are_first,
                what_is_shown_may_be_looked_into, entries_are_counted, an_unknown_index_is_no_way,
            );
            tests!(walk_model: a_walk_goes_on_from_any_point, untouched_records_come_once_whatever_is_written);
            tests!(odd_texts:
                texts_with_nuls_survive, nuls_are_in_their_place, nuls_are_searched_for, long_keys_are_walked_in_order,
                ranges_may_begin_and_end_within_long_keys, long_keys_are_told_apart,
            );
            tests!(collections: made_once, listed_by_name, kept_apart, undone_with_its_closure, unknown_is_an_error);
            tests!(removal:
                without_history_no_line_is_written, options_change_what_follows, an_undone_option_is_none,
                a_dropped_collection_is_gone_at_once, sweeping_is_done_in_parts, an_undone_drop_is_none,
            );
            tests!(past:
                origins_are_kept, lines_of_a_job_are_found, deeds_are_lines_that_change_nothing, what_a_record_was_before_a_change, old_lines_are_pruned_in_parts,
                a_younger_line_keeps_those_behind_it, places_are_never_given_twice, times_may_be_a_day_out_of_order,
                any_history_and_any_question,
            );
            tests!(identity:
                a_user_survives, mail_addresses_are_unique, users_are_listed_in_order, tokens_lead_to_their_owner,
                removing_a_user_removes_his_tokens, tokens_can_be_removed, use_only_moves_forward,
                a_token_hash_is_unique, a_public_id_is_unique, projects_of_a_user_are_replaced,
                tokens_of_bots_name_them, tokens_of_bots_go_with_their_user,
                all_of_a_user_is_replaced, users_are_found_by_more_than_their_address,
                users_are_found_by_what_others_call_them, active_admins_are_counted, tokens_say_what_they_are_for,
                sessions_are_no_tokens_in_lists, sessions_end_with_their_users_doings,
                a_removed_impersonator_loses_his_sessions, ended_sessions_are_forgotten,
            );
            tests!(app_logs:
                a_line_survives, the_newest_lines_come_oldest_first, lines_are_filtered_by_parts_of_texts,
                lines_are_filtered_by_time_and_words, the_oldest_lines_go,
            );
            tests!(uploads:
                a_file_survives, a_file_is_an_orphan_while_nothing_holds_it, a_record_that_goes_releases_its_files,
                orphans_go_with_their_shares, shares_come_and_go, files_are_references,
                files_of_a_removed_job_are_orphans,
            );
            tests!(marks: set_and_replaced, revision_moves_with_what_tokens_are_worth);
            tests!(projects: a_project_survives, names_are_unique, tags_are_replaced);
            tests!(queues:
                a_queue_survives, a_name_is_unique_in_its_account, queues_are_listed_by_name, a_message_survives,
                what_is_taken_is_not_ready_until_its_time, states_tell_how_far_messages_are, messages_are_counted,
                the_next_time_is_told, groups_are_in_order, deleting_lets_the_rest_of_a_group_go_on,
                a_group_waits_for_its_last_message, a_long_group_is_taken_in_tens,
                what_is_not_visible_yet_holds_up_its_group, messages_move_to_another_heap,
                purging_and_deleting_forget_at_once_and_sweep_in_parts, a_place_is_never_given_twice,
                old_messages_go, what_was_sent_is_known_for_a_while,
            );
            tests!(scans:
                every_body_is_shown_in_order_of_creation, a_scan_can_be_ended,
                a_scan_with_a_clue_leaves_out_no_body_that_may_be_meant, chosen_places_are_shown_as_asked,
                index_places_are_in_order_and_once, too_many_entries_are_no_places, ids_have_places, records_come_by_place,
                a_scan_sees_one_snapshot, scans_do_not_hold_up_reads, more_scans_wait_their_turn,
            );
            tests!(blocks: first_block_stays, listed_in_order_of_arising, clearing_is_per_scope);
            tests!(files:
                references_come_and_go, referenced_blobs_are_paged, the_file_of_an_entity_is_replaced,
                files_of_entities_are_references,
            );
            tests!(closures:
                an_error_undoes_only_its_closure, a_panic_undoes_only_its_closure, a_reading_panic_is_an_error,
                a_swallowed_error_undoes_its_closure, actions_run_after_the_commit, actions_of_undone_work_never_run,
                a_panicking_action_harms_nobody, closures_may_be_run_again, an_answered_write_is_seen,
                uncommitted_work_is_not_seen, a_closure_sees_its_own_writes, a_caller_that_left_is_no_harm,
                closed_answers_closed, async_calls_work,
            );
            tests!(concurrency: each_version_is_won_once, counters_lose_nothing, readers_see_whole_groups);
        }
    };
}

suite!(sqlite, SqliteBed);
suite!(postgres, PostgresBed);
