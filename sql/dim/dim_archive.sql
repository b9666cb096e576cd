-- dim_archive: one row an archive of captures. There is one, which stands for the captures of this warehouse.
SELECT
    CAST('0x' || substr(md5('own'), 1, 15) AS BIGINT) AS archive_key,
    'own' AS archive,
    CAST(NULL AS VARCHAR) AS url,
    CAST(NULL AS VARCHAR) AS format,
    CAST(NULL AS VARCHAR) AS licence
