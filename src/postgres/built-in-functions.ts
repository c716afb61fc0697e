/** Functions of `pg_catalog` that are volatile in some version from 14 to 18: two calls in one statement may differ. */
export const volatileFunctions: ReadonlySet<string> = names(`
  amvalidate array_sample array_shuffle clock_timestamp current_query currtid2 currval cursor_to_xml
  cursor_to_xmlschema gen_random_uuid lastval nextval pg_advisory_unlock pg_advisory_unlock_shared pg_backup_start
  pg_backup_stop pg_blocking_pids pg_cancel_backend pg_collation_actual_version pg_copy_logical_replication_slot
  pg_copy_physical_replication_slot pg_create_logical_replication_slot pg_create_physical_replication_slot
  pg_create_restore_point pg_current_logfile pg_database_collation_actual_version pg_database_size
  pg_export_snapshot pg_get_sequence_data pg_get_wal_replay_pause_state pg_get_wal_summarizer_state
  pg_import_system_collations pg_indexes_size pg_is_in_backup pg_is_in_recovery pg_is_wal_replay_paused
  pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact pg_last_xact_replay_timestamp
  pg_log_backend_memory_contexts pg_log_standby_snapshot pg_nextoid pg_notification_queue_usage pg_promote
  pg_read_binary_file pg_read_file pg_read_file_old pg_relation_size pg_reload_conf pg_restore_attribute_stats
  pg_restore_relation_stats pg_rotate_logfile pg_rotate_logfile_old pg_safe_snapshot_blocking_pids
  pg_sequence_last_value pg_start_backup pg_stat_file pg_stat_have_stats pg_stop_backup pg_switch_wal
  pg_table_size pg_tablespace_size pg_terminate_backend pg_total_relation_size pg_try_advisory_lock
  pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_xact_commit_timestamp
  pg_xact_commit_timestamp_origin pg_xact_status query_to_xml query_to_xml_and_xmlschema query_to_xmlschema random
  random_normal set_config setval timeofday txid_status uuidv4 uuidv7
`);

/** Functions of `pg_catalog` that are stable or immutable in every version from 14 to 18. */
export const steadyFunctions: ReadonlySet<string> = names(`
  abbrev abs acldefault acos acosd acosh age area array_dims array_fill array_length array_lower array_ndims
  array_position array_positions array_remove array_replace array_reverse array_sort array_to_json array_to_string
  array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand atanh bit bit_count bit_length bool
  box bpchar broadcast btrim bytea cardinality casefold cash_words cbrt ceil ceiling center char char_length
  character_length chr cidr circle col_description concat concat_ws convert convert_from convert_to cos cosd cosh
  cot cotd crc32 crc32c cume_dist current_database current_schema current_schemas current_setting current_user
  database_to_xml database_to_xml_and_xmlschema database_to_xmlschema date date_add date_bin date_part
  date_subtract date_trunc datemultirange daterange daterange_canonical daterange_subdiff decode degrees
  dense_rank dexp diagonal diameter div dlog1 dlog10 dround dtrunc encode enum_first enum_last enum_out enum_range
  enum_send erf erfc exp extract factorial family first_value float4 float8 floor format format_type gamma gcd
  get_bit get_byte get_current_ts_config getdatabaseencoding getpgusername has_any_column_privilege
  has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege has_function_privilege
  has_language_privilege has_largeobject_privilege has_parameter_privilege has_schema_privilege
  has_sequence_privilege has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege
  height host hostmask icu_unicode_version inet_client_addr inet_client_port inet_server_addr inet_server_port
  initcap int2 int4 int4inc int4multirange int4range int4range_canonical int4range_subdiff int8 int8_sum
  int8multirange int8range int8range_canonical int8range_subdiff interval is_normalized isclosed isempty isfinite
  ishorizontal isopen isparallel isperp isvertical json_array_length json_build_array json_build_object
  json_object json_populate_record json_strip_nulls json_to_record json_to_tsvector json_typeof jsonb_array_length
  jsonb_build_array jsonb_build_object jsonb_insert jsonb_object jsonb_path_exists jsonb_path_exists_tz
  jsonb_path_match jsonb_path_match_tz jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
  jsonb_path_query_first_tz jsonb_populate_record jsonb_populate_record_valid jsonb_pretty jsonb_set jsonb_set_lax
  jsonb_strip_nulls jsonb_to_record jsonb_to_tsvector jsonb_typeof justify_days justify_hours justify_interval lag
  last_value lcm lead left length lgamma like like_escape line ln log log10 lower lower_inc lower_inf lpad lseg
  ltrim macaddr macaddr8 macaddr8_set7bit make_date make_interval make_time make_timestamp make_timestamptz
  makeaclitem masklen md5 min_scale mod money multirange mxid_age name nameconcatoid netmask network normalize
  notlike now npoints nth_value ntile num_nonnulls num_nulls numeric numeric_div_trunc numeric_exp numeric_inc
  numeric_ln numeric_log numeric_sqrt nummultirange numnode numrange numrange_subdiff obj_description octet_length
  oid oidvectortypes overlaps overlay parse_ident path pclose percent_rank pg_backend_pid pg_backup_start_time
  pg_basetype pg_char_to_encoding pg_client_encoding pg_collation_for pg_collation_is_visible
  pg_column_compression pg_column_is_updatable pg_column_size pg_column_toast_chunk_id pg_conf_load_time
  pg_conversion_is_visible pg_current_snapshot pg_current_xact_id pg_current_xact_id_if_assigned
  pg_describe_object pg_encoding_max_length pg_encoding_to_char pg_event_trigger_table_rewrite_oid
  pg_event_trigger_table_rewrite_reason pg_filenode_relation pg_function_is_visible pg_get_acl
  pg_get_constraintdef pg_get_expr pg_get_function_arg_default pg_get_function_arguments
  pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody pg_get_functiondef
  pg_get_indexdef pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef
  pg_get_replica_identity_index pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef
  pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef pg_get_userbyid
  pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address pg_index_column_has_property
  pg_index_has_property pg_indexam_has_property pg_indexam_progress_phasename pg_input_error_info
  pg_input_is_valid pg_is_other_temp_schema pg_lsn pg_my_temp_schema pg_numa_available pg_opclass_is_visible
  pg_operator_is_visible pg_opfamily_is_visible pg_partition_root pg_postmaster_start_time pg_relation_filenode
  pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable pg_sequence_parameters
  pg_settings_get_flags pg_size_bytes pg_size_pretty pg_snapshot_xmax pg_snapshot_xmin pg_split_walfile_name
  pg_statistics_obj_is_visible pg_table_is_visible pg_tablespace_location pg_trigger_depth pg_ts_config_is_visible
  pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof
  pg_visible_in_snapshot phraseto_tsquery pi plainto_tsquery point polygon popen position postgresql_fdw_validator
  pow power querytree quote_ident quote_literal quote_nullable radians radius range_merge rank regclass
  regexp_count regexp_instr regexp_like regexp_match regexp_replace regexp_split_to_array regexp_substr repeat
  replace reverse right round row_number row_security_active row_to_json rpad rtrim satisfies_hash_partition scale
  schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema session_user set_bit set_byte set_masklen
  setweight sha224 sha256 sha384 sha512 shell_out shobj_description sign similar_escape similar_to_escape sin sind
  sinh slope split_part sqrt statement_timestamp string_to_array strip strpos substr substring system_user
  table_to_xml table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh text textlen time timestamp timestamptz
  timetz timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass
  to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype
  to_regtypemod to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim_array trim_scale trunc
  ts_delete ts_filter ts_headline ts_lexize ts_rank ts_rank_cd ts_rewrite tsmultirange tsquery_phrase tsrange
  tsrange_subdiff tstzmultirange tstzrange tstzrange_subdiff tsvector_to_array txid_current
  txid_current_if_assigned txid_current_snapshot txid_snapshot_xmax txid_snapshot_xmin txid_visible_in_snapshot
  unicode_assigned unicode_version unistr upper upper_inc upper_inf uuid_extract_timestamp uuid_extract_version
  varbit varchar version websearch_to_tsquery width width_bucket xid xml xml_is_well_formed
  xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlexists xmltext xmlvalidate xpath
  xpath_exists
`);

/**
 * Aggregates of `pg_catalog` in versions 14 to 18, and functions of it that return rows: those that run no query, and no
 * code but that of the types they are given.
 */
export const rowFunctions: ReadonlySet<string> = names(`
  aclexplode any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp cume_dist
  dense_rank every generate_series generate_subscripts json_agg json_agg_strict json_array_elements
  json_array_elements_text json_each json_each_text json_object_agg json_object_agg_strict json_object_agg_unique
  json_object_agg_unique_strict json_object_keys json_populate_recordset json_to_recordset jsonb_agg jsonb_agg_strict
  jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_agg jsonb_object_agg_strict
  jsonb_object_agg_unique jsonb_object_agg_unique_strict jsonb_object_keys jsonb_path_query jsonb_path_query_tz
  jsonb_populate_recordset jsonb_to_recordset max min mode percent_rank percentile_cont percentile_disc range_agg
  range_intersect_agg rank regexp_matches regexp_split_to_table regr_avgx regr_avgy regr_count regr_intercept regr_r2
  regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg string_to_table sum unnest var_pop
  var_samp variance xmlagg
`);

function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
