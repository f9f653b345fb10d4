-- Grain: the one row that a release says about itself.
SELECT release_id, artefact, data_as_of, next_update_due, created_at, method_version, digest
FROM release_info
